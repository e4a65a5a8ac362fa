// Sign up: the browser's time zone goes along, and the country says at once what it means.
// Without script the zone is that of the capital, and the hint stays general.
const zone = document.querySelector("[data-own-zone]");
if (zone && !zone.value) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

const sentences = document.getElementById("country-sentences");
const country = document.getElementById("id_country");
const hint = document.getElementById("id_country_helptext");
if (sentences && country && hint) {
  const { general, asked, free, asked_first: askedFirst } = JSON.parse(sentences.textContent);
  const say = () => {
    if (!country.value) {
      hint.textContent = general;
      return;
    }
    const rule = askedFirst.includes(country.value) ? asked : free;
    hint.textContent = `${general} ${country.selectedOptions[0].text}: ${rule}`;
  };
  country.addEventListener("change", say);
  say();
}
