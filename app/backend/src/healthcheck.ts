// Run by the image's HEALTHCHECK: exits 0 if this container's server is healthy.
const response = await fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health`);
process.stdout.write(await response.text());
process.exit(response.ok ? 0 : 1);
