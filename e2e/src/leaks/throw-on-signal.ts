/** Loaded into a service before its own code: makes it end by an exception that nobody catches. */
process.on('SIGWINCH', () => {
  throw new Error('provoked by a signal');
});
