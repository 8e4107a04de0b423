// Prints a line for each test, `ok name` or `FAILED name: why`, which `cargo xtask test` counts, and what the tests print.

export default async function* tell(events) {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && !isGroup(data)) yield `ok ${data.name}\n`;
    if (type === 'test:fail' && !isGroup(data)) yield `FAILED ${data.name}: ${why(data)}\n`;
    if (type === 'test:stdout') yield data.message;
    // A file that cannot be read is reported here only.
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
