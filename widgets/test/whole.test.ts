import { expect, test } from "vitest";
import { hexLines } from "../src/whole/hex";

test("a line has its offset, sixteen bytes, and the characters they could be", () => {
  const bytes = new DataView(new TextEncoder().encode("<script>alarm()\u0000</").buffer);
  expect(hexLines(bytes, 512).split("\n")).toEqual([
    "00000200  3c 73 63 72 69 70 74 3e  61 6c 61 72 6d 28 29 00  <script>alarm()·",
    `00000210  3c 2f  ${" ".repeat(42)} </`,
  ]);
});
