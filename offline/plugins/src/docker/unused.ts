// In the place of libraries that dockerode loads and the plugin never uses.
export {};
