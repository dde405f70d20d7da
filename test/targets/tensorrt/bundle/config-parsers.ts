/** Readers of the formats that configurations of bundles are written in, as strict as the programs that read them. */

/** A GLib key file: groups of keys; no key or group twice. */
export function parseKeyFile(text: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const groups: Record<string, Record<string, string>> = {};
  let group: Record<string, string> | null = null;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[([^[\]]+)\]$/.exec(line);
    if (header !== null) {
      if (header[1]! in groups) throw new Error(`group ${header[1]} twice`);
      group = groups[header[1]!] = {};
      continue;
    }
    const [, key, value] = /^([A-Za-z0-9-]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || group === null || key in group) throw new Error(`not a key: ${line}`);
    group[key] = value!;
  }
  return groups;
}

/** `1` and `KIND_GPU` are told apart from texts by being numbers and identifiers. */
export type ProtoValue =
  | number
  | boolean
  | string
  | { readonly identifier: string }
  | ProtoMessage
  | readonly ProtoValue[];
export type ProtoMessage = { readonly [field: string]: ProtoValue };

/** A message in the text format of protocol buffers. A field that stands twice is an error, lists are written with brackets. */
export function parseTextProto(text: string): ProtoMessage {
  const tokens = [
    ...text
      .replaceAll(/^#.*$/gm, '')
      .matchAll(/\s*("(?:[^"\\\n]|\\[^\n])*"|[A-Za-z_]\w*|-?\d+|[[\]{}:,]|\S)/g),
  ].map(([, token]) => token!);
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const expect = (token: string): void => {
    const found = next();
    if (found !== token) throw new Error(`expected ${token}, found ${found}`);
  };
  const message = (end: string): ProtoMessage => {
    const fields: Record<string, ProtoValue> = {};
    while ((tokens[at] ?? '') !== end) {
      const name = next();
      if (!/^[a-z_]+$/.test(name) || name in fields) throw new Error(`not a field: ${name}`);
      if (tokens[at] === ':') next();
      else if (tokens[at] !== '{' && tokens[at] !== '[') throw new Error(`no value of ${name}`);
      fields[name] = value();
    }
    return fields;
  };
  const list = (): readonly ProtoValue[] => {
    const values: ProtoValue[] = [];
    while (tokens[at] !== ']') {
      if (values.length > 0) expect(',');
      values.push(value());
    }
    expect(']');
    return values;
  };
  const value = (): ProtoValue => {
    const token = next();
    if (token === '[') return list();
    if (token === '{') {
      const inner = message('}');
      expect('}');
      return inner;
    }
    if (token.startsWith('"')) return unescaped(token.slice(1, -1));
    if (/^-?\d+$/.test(token)) return Number(token);
    if (token === 'true' || token === 'false') return token === 'true';
    if (/^[A-Z]/.test(token)) return { identifier: token };
    throw new Error(`not a value: ${token}`);
  };
  return message('');
}

function unescaped(text: string): string {
  const bytes: number[] = [];
  for (const [part] of text.matchAll(/\\[0-7]{1,3}|\\.|[^\\]/g)) {
    if (/^\\[0-7]/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8));
    else if (/^\\["\\'?]$/.test(part)) bytes.push(part.charCodeAt(1));
    else if (part.length === 1 && part >= ' ' && part <= '~') bytes.push(part.charCodeAt(0));
    else throw new Error(`not an escape: ${part}`);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
}
