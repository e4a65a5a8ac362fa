// Shows new mails by themselves: asks every two seconds whether one has come, while the page is seen.
const list = document.querySelector("[data-taken]");
if (list) {
  setInterval(async () => {
    if (document.hidden || document.activeElement?.id === "to") return;
    const answer = await fetch("/api/taken").catch(() => null);
    if (answer?.ok && String((await answer.json()).taken) !== list.dataset.taken) location.reload();
  }, 2000);
}
