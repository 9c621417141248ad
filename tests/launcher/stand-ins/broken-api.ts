throw new Error('the stand-in is broken');
