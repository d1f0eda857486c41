import { expect, test } from "vitest";
import { cell } from "../src/cell";

test("a picture has its place before it is decoded", () => {
  const image = cell({ kind: "image", text: "uint8 16×8", picture: 0, width: 8, height: 16 }, [
    new DataView(new ArrayBuffer(4)),
  ]);
  expect(image.getAttribute("src")).toBe("data:image/png;base64,AAAAAA==");
  expect([image.getAttribute("width"), image.getAttribute("height")]).toEqual(["18", "36"]);
  expect(image.className).toBe("at-pixels");
});

test("a picture that did not arrive is said in words", () => {
  expect(cell({ kind: "image", text: "uint8 8×8", picture: 3 }, []).textContent).toBe("uint8 8×8");
});

test("markup in a value stays text", () => {
  const shown = cell({ kind: "text", text: "<img src=x onerror=alarm()>" }, []);
  expect(shown.children).toHaveLength(0);
  expect(shown.textContent).toBe("<img src=x onerror=alarm()>");
});

test("long text is folded", () => {
  const shown = cell({ kind: "text", text: "word…", long: "word ".repeat(100) }, []);
  expect(shown.tagName).toBe("DETAILS");
});

test("a missing value can be seen", () => {
  expect(cell({ kind: "missing", text: "missing" }, []).textContent).toBe("missing");
});

test("an array has a curve and its range", () => {
  const shown = cell({ kind: "array", text: "float32 3", span: "0 … 2", curve: [0, 0.5, 1] }, []);
  expect(shown.querySelector("polyline")).not.toBeNull();
  expect(shown.textContent).toBe("0 … 2");
});
