// Detection scope: the two thumbs over a label's band.
class ScoreRange extends HTMLElement { // the number fields beside it are what is sent
  connectedCallback() {
    [this.low, this.high] = this.querySelectorAll("input");
    [this.medium, this.top] = this.parentElement.querySelectorAll("input[type=number]");
    this.addEventListener("input", e => this.slide(e));
    for (const field of [this.medium, this.top]) field.addEventListener("input", () => this.draw());
    this.draw();
  }
  slide(e) { // whole steps; a thumb stops at the other score
    e.stopPropagation();
    const isLow = e.target === this.low, field = isLow ? this.medium : this.top;
    field.value = isLow ? Math.min(this.low.value, Math.floor(this.top.value)) : Math.max(this.high.value, Math.ceil(this.medium.value));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  draw() {
    const [medium, high] = [this.medium, this.top].map(field => Math.min(100, Math.max(0, Number(field.value))));
    const [, middle, end] = this.querySelectorAll("rect"), isCrossed = medium > high;
    this.querySelector(".z0").setAttribute("width", Math.min(medium, high));
    middle.setAttribute("x", medium);
    middle.setAttribute("width", Math.max(0, high - medium));
    end.setAttribute("x", high);
    this.low.value = medium;
    this.high.value = high;
    this.classList.toggle("low-on-top", medium > 50); // so that neither thumb is stuck under the other
    this.top.setCustomValidity(isCrossed ? this.closest("[data-crossed]").dataset.crossed : "");
    this.top.toggleAttribute("data-crossed", isCrossed);
  }
}
customElements.define("score-range", ScoreRange);
