/** Amounts of bytes, as the kernel writes them too. */

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

export function size(bytes: number): string {
  const [amount, unit] = scaled(bytes);
  return `${amount} ${unit}`;
}

/** `14.9 of 24 MB`; the unit is said once where it is the same. */
export function progress(done: number, total: number): string {
  // What is on its way changes too little to see in whole megabytes.
  const [amount, unit] = scaled(done, 99.95);
  const [all, last] = scaled(total);
  return unit === last ? `${amount} of ${all} ${last}` : `${amount} ${unit} of ${all} ${last}`;
}

function scaled(bytes: number, fine = 9.95): [string, string] {
  let [amount, unit] = [bytes, 0];
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  if (unit === 0) return [`${bytes}`, bytes === 1 ? "byte" : "bytes"];
  return [amount < fine ? amount.toFixed(1) : amount.toFixed(0), UNITS[unit] ?? ""];
}
