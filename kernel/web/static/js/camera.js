// The phone's camera as a scanner: the browser's own detector where there is one, else ZXing, loaded when first needed.

const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "code_39", "qr_code", "data_matrix"];
const AGAIN = 1500; // the same code counts anew only after it was out of sight so long
let stream = null;
let seen = { code: "", at: 0 };

const box = () => document.querySelector("[data-camera]");
const form = () => document.querySelector("form[data-scan]");
const says = () => document.querySelector("[data-camera-says]");

async function detector(video) {
  if ("BarcodeDetector" in window) {
    const known = await BarcodeDetector.getSupportedFormats();
    const own = new BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
    return async () => (await own.detect(video))[0]?.rawValue;
  }
  const { reader } = await import(box().dataset.decoder);
  return reader(video);
}

async function open() {
  const place = box();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    says().textContent = place.dataset.denied;
    says().hidden = false;
    return;
  }
  const video = place.querySelector("video");
  place.hidden = false;
  says().hidden = true;
  video.srcObject = stream;
  await video.play();
  offerTorch(place);
  look(await detector(video), stream);
}

async function look(detect, mine) {
  while (stream === mine) {
    const code = await detect().catch(() => "");
    const now = Date.now();
    if (code && (code !== seen.code || now - seen.at > AGAIN)) {
      form().elements.code.value = code;
      form().requestSubmit();
    }
    if (code) seen = { code, at: now };
    await new Promise((done) => setTimeout(done, 120));
  }
}

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  if (box()) box().hidden = true;
}

function offerTorch(place) {
  const track = stream.getVideoTracks()[0];
  const torch = place.querySelector("[data-torch]");
  if (!track.getCapabilities?.().torch) return;
  torch.hidden = false;
  torch.setAttribute("aria-pressed", "false");
  torch.onclick = () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    torch.setAttribute("aria-pressed", String(on));
    track.applyConstraints({ advanced: [{ torch: on }] });
  };
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-camera-open]")) (stream ? close : open)();
});
addEventListener("pagehide", close);

function showButtons() {
  for (const button of document.querySelectorAll("[data-camera-open]")) button.hidden = !navigator.mediaDevices;
}
showButtons();
document.addEventListener("count:shown", () => {
  showButtons();
  if (stream) box().querySelector("video").play(); // a picture that is moved to a fresh page stands still
});
