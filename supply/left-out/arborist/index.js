// npm's reader of module trees. Pulumi's SDK loads it with each program, and calls it only to ship a function to a
// cloud, which nothing here does. It came with 108 packages more and was a third of the time that the SDK took to load.
class Arborist {
  constructor() {
    throw new Error(
      'npm is left out of this project (supply/left-out), so no function can be made a resource. ' +
        'To have it back, take @npmcli/arborist out of package.json, under dependencies and overrides, and run: npm install',
    );
  }
}

module.exports = { Arborist };
