// Buttons that save the text of an element as a file.
document.addEventListener("click", e => {
  const button = e.target.closest("[data-download-from]");
  if (!button) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.downloadFrom).textContent]));
  link.download = button.dataset.fileName;
  link.click();
  URL.revokeObjectURL(link.href);
});
