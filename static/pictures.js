// A picture whose file is gone makes room for a sign.
function miss(image) {
  const media = image.closest(".media");
  if (!media) return;
  media.classList.remove("whole");
  media.replaceChildren(document.getElementById("no-picture").content.cloneNode(true));
}
document.addEventListener("error", e => e.target.closest?.("img") && miss(e.target), true);
for (const image of document.images) if (image.complete && !image.naturalWidth) miss(image);
