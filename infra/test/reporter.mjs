// Tells of each test in a line, `ok name` or `FAILED name: why`, as all of Till's suites do: `cargo xtask test` counts them.

export default async function* tell(events) {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && !isGroup(data)) yield `ok ${data.name}\n`;
    if (type === 'test:fail' && !isGroup(data)) yield `FAILED ${data.name}: ${why(data)}\n`;
    // Where a file could not even be read, this is the only word of it.
    if (type === 'test:stderr') yield data.message;
  }
}

function isGroup(data) {
  return data.details?.type === 'suite';
}

function why(data) {
  const error = data.details?.error;
  return String(error?.cause?.message ?? error?.message ?? error);
}
