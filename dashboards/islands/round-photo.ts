// A picture from a phone's camera is larger than what is kept: it is made smaller, and what it shows, when and by whom
// is written into it. A picture that can't be drawn goes as it is, and the server says what it thinks of it.

const LONGEST_SIDE = 1600;
const MOST_BYTES = 1_900_000;

export async function stamped(file: File, told: string): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  if (!pen) return file;
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  write(pen, told);
  for (const quality of [0.85, 0.7, 0.5]) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob && blob.size <= MOST_BYTES) return blob;
  }
  return file;
}

function write(pen: CanvasRenderingContext2D, told: string): void {
  const { width, height } = pen.canvas;
  const size = Math.max(10, Math.round(width / 42));
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.fillStyle = "rgb(0 0 0 / 55%)";
  pen.fillRect(0, height - size * 2, width, size * 2);
  pen.fillStyle = "#fff";
  pen.fillText(told, size * 0.7, height - size * 0.65, width - size * 1.4);
}
