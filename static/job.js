// A card that is read anew again and again waits while a button in it is pressed: a button that is replaced between press and release hears no click.
document.addEventListener("htmx:beforeSwap", e => {
  const { target, requestConfig } = e.detail;
  if (target.matches(".job") && requestConfig.verb === "get" && target.querySelector("button:active")) e.detail.shouldSwap = false;
});
