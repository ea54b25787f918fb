// The way to the workspace: JSON under /people/{who}/…, and a stream of what changed.

export class Refused extends Error {
  constructor(answer) {
    super([answer.error, ...(answer.complaints ?? [])].join(': '));
    this.answer = answer;
  }
}

export class Door {
  constructor(who) {
    this.who = who;
    this.base = `/people/${encodeURIComponent(who)}/`;
  }

  async read(what) {
    return this.#settle(await fetch(this.base + what));
  }

  /** Do something; throws Refused, unless `lenient`. */
  async act(what, body, lenient = false) {
    const response = await fetch(this.base + what, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return this.#settle(response, lenient);
  }

  /** Calls `onChange` for every change and `onState` when the line comes and goes; returns how to hang up. */
  listen(onChange, onState) {
    const source = new EventSource(`${this.base}stream`);
    source.onopen = () => onState(true);
    source.onerror = () => onState(false);
    source.onmessage = (message) => onChange(JSON.parse(message.data));
    return () => source.close();
  }

  async #settle(response, lenient = false) {
    const answer = await response.json();
    if (!answer.ok && !lenient) throw new Refused(answer);
    return answer;
  }
}
