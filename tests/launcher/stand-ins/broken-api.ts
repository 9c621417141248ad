// An API that gives up before it listens.
throw new Error('the stand-in is broken');
