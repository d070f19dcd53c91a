/**
 * Takes a picture of a page: `bin/node scripts/screenshot.ts URL OUT.png [width] [--dark] [--fold] [--unfold]`.
 * `--unfold`: opens what is folded on the page, such as resolved threads. `--fold`: only what a window of 1.6 times the width's height shows, not the whole page. CHROMIUM names the browser.
 */
import { chromium } from "playwright-core";

const [url, out, width = "1280"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (!url || !out || !/^\d+$/.test(width)) {
  console.error("usage: bin/node scripts/screenshot.ts URL OUT.png [width] [--dark] [--fold] [--unfold]");
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const pixels = Number(width);
  const page = await browser.newPage({
    viewport: { width: pixels, height: Math.round(Math.min(pixels, 800) * 1.2) },
    colorScheme: process.argv.includes("--dark") ? "dark" : "light",
  });
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  const response = await page.goto(url, { waitUntil: "load" });
  if (process.argv.includes("--unfold")) {
    await page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true");
  }
  await page.screenshot({ path: out, fullPage: !process.argv.includes("--fold") });
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  console.log(`${out}: ${response?.status()} ${url}`);
  if (overflow > 0) console.log(`the page is ${overflow} px wider than the window`);
  for (const problem of problems) console.log(`console: ${problem}`);
} finally {
  await browser.close();
}
