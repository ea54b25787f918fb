// Times are UTC, on paper always; at the press of a button they are shown in the reader's own zone.
(() => {
  const button = document.querySelector(".zones");
  const times = [...document.querySelectorAll("time")].map((time) => ({
    time, utc: time.textContent, at: new Date(time.dateTime), form: time.dataset.form || "second",
  }));
  const zones = [...document.querySelectorAll(".zone")];
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const forms = {
    date: { year: "numeric", month: "2-digit", day: "2-digit", ...clock },
    minute: clock,
    second: { ...clock, second: "2-digit" },
  };
  const language = document.documentElement.lang;
  let here = false;
  const draw = (local) => {
    for (const { time, utc, at, form } of times) {
      time.textContent = local ? new Intl.DateTimeFormat(language, forms[form]).format(at) : utc;
    }
    const named = new Intl.DateTimeFormat(language, { timeZoneName: "short" }).formatToParts(times[0].at);
    const zone = named.find((part) => part.type === "timeZoneName").value;
    zones.forEach((place) => { place.textContent = local ? zone : "UTC"; });
    button.textContent = local ? button.dataset.utc : button.dataset.here;
  };
  button.addEventListener("click", () => { here = !here; draw(here); });
  window.addEventListener("beforeprint", () => draw(false));
  window.addEventListener("afterprint", () => draw(here));
  button.hidden = false;
  draw(false);
})();
