// An API that fails before it listens.
throw new Error('the stand-in is broken');
