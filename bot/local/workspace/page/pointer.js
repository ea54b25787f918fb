// Whether a finger or a mouse button is down: what is under it must stay there until the click has happened.

let isDown = false;
let waiting = [];

/** Resolves as soon as nothing is pressed. */
export const released = () => (isDown ? new Promise((resolve) => { waiting.push(resolve); }) : null);

function up() {
  isDown = false;
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve();
}

addEventListener('pointerdown', () => { isDown = true; }, true);
addEventListener('pointerup', () => setTimeout(up), true); // the click comes right behind it
addEventListener('pointercancel', up, true);
addEventListener('pointermove', (event) => { if (isDown && !event.buttons) up(); }, true); // let go of elsewhere
addEventListener('blur', up);
