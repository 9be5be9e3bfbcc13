// A camera in the place of a scanner, where the browser can read symbols itself (BarcodeDetector). Elsewhere nothing
// is shown: the field works with any scanner. What the camera reads goes into the form's field as a scanner's would.

interface Detected {
  rawValue: string;
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<Detected[]>;
}

type DetectorKind = new (options: { formats: string[] }) => Detector;

const FORMATS = ["data_matrix", "qr_code", "code_128", "ean_13", "ean_8", "itf"];
const BETWEEN_MS = 250;

class CameraScan extends HTMLElement {
  private stream: MediaStream | null = null;

  connectedCallback(): void {
    const kind = (window as unknown as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
    if (kind === undefined || navigator.mediaDevices === undefined) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.dataset["start"] ?? "";
    button.addEventListener("click", () => void (this.stream ? this.stop(button) : this.start(button, kind)));
    this.append(button);
  }

  disconnectedCallback(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  private async start(button: HTMLButtonElement, kind: DetectorKind): Promise<void> {
    const video = document.createElement("video");
    video.playsInline = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      const detector = new kind({ formats: FORMATS });
      video.srcObject = this.stream;
      this.append(video);
      button.textContent = this.dataset["stop"] ?? "";
      await video.play();
      await this.look(video, detector);
    } catch {
      this.stop(button);
      button.textContent = this.dataset["failed"] ?? "";
    }
  }

  private async look(video: HTMLVideoElement, detector: Detector): Promise<void> {
    while (this.stream) {
      const [first] = await detector.detect(video);
      if (first) {
        this.took(first.rawValue);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }

  private took(text: string): void {
    const form = this.closest("form");
    const field = form?.querySelector<HTMLInputElement>('input[name="text"]');
    if (!form || !field) return;
    field.value = text;
    this.disconnectedCallback();
    form.requestSubmit();
  }

  private stop(button: HTMLButtonElement): void {
    this.disconnectedCallback();
    this.querySelector("video")?.remove();
    button.textContent = this.dataset["start"] ?? "";
  }
}

customElements.define("camera-scan", CameraScan);
