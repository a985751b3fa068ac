// Open a report in headless Chromium and write down everything that a reader would meet.
//
//   node look.mjs REPORT.html FOLDER_FOR_SCREENSHOTS [CHROMIUM]      prints one JSON object
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [report, folder, program] = process.argv.slice(2);
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
  "--disable-default-apps", "--disable-domain-reliability", "--disable-sync", "--no-first-run",
  "--no-default-browser-check", "--disable-features=OptimizationHints,MediaRouter,Translate",
];
const OWN = ["file:", "data:", "blob:"];
const seen = { errors: [], requests: [], dialogs: [], widths: {}, steps: {} };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: program || "/usr/bin/chromium", args: FLAGS });

async function open(width, height, scheme = "light") {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, acceptDownloads: true,
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => {
    if (!OWN.includes(new URL(request.url()).protocol)) seen.requests.push(request.url());
  });
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  await page.goto(pathToFileURL(resolve(report)).href);
  return page;
}

const shot = (page, name, options = { fullPage: true }) =>
  page.screenshot({ path: join(folder, `${name}.png`), ...options });

async function width(page, name) {
  seen.widths[name] = await page.evaluate(() => {
    const root = document.documentElement;
    const wide = [...document.querySelectorAll("main *")].filter((element) =>
      element.getBoundingClientRect().right > root.clientWidth + 1 && !element.closest(".scroll, pre"));
    return { scroll: root.scrollWidth, view: root.clientWidth, wide: wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 120)) };
  });
}

async function tabs(page) {
  const list = page.locator("[role=tablist]").first();
  if (!(await list.count()) || await list.isHidden()) return null;
  const before = await list.locator("[aria-selected=true]").innerText();
  await list.locator("[role=tab]").nth(1).click();
  const clicked = await list.locator("[aria-selected=true]").innerText();
  await page.keyboard.press("ArrowRight");
  const pressed = await list.locator("[aria-selected=true]").innerText();
  const visible = await page.locator("article.board").first().locator(".panel:visible").count();
  await list.locator("[role=tab]").first().click();
  return { before, clicked, pressed, visible };
}

const text = (page, query) => page.locator(query).evaluateAll((found) => found.map((e) => e.textContent));
const column = (page, n) => text(page, `#rows tbody tr > :nth-child(${n})`);

async function explore(page) {
  if (!(await page.locator("#explorer").count())) return null;
  const dots = () => page.locator("#scatter .point, #scatter .cross").count();
  const found = { dots: await dots(), tally: await page.locator("#tally").innerText() };
  const metrics = await page.locator("#pick-metric option").count();
  await page.selectOption("#pick-metric", String(metrics - 1));
  found.other = { dots: await dots(), metric: await page.locator("#pick-metric option:checked").innerText() };
  await page.selectOption("#pick-metric", "0");
  const last = await page.locator("#pick-y option").count() - 1;
  await page.selectOption("#pick-y", String(last));
  found.headAfterPick = (await text(page, "#rows thead th"))[3];
  await page.click("#swap");
  found.headAfterSwap = (await text(page, "#rows thead th"))[2];
  await page.click("#swap");
  await page.locator("#rows thead th button").first().click();
  found.ascending = await column(page, 1);
  await page.locator("#rows thead th button").first().click();
  found.descending = await column(page, 1);
  await page.locator("#rows thead th button").nth(2).click();
  found.byValue = await column(page, 3);
  found.sort = await page.locator("#rows thead th").nth(2).getAttribute("aria-sort");
  const point = page.locator("#scatter .point, #scatter .cross").first();
  if (await point.count()) {
    await page.locator("#scatter svg").scrollIntoViewIfNeeded();
    const box = await point.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    found.tip = await text(page, "#scatter .tip > *");
    await shot(page, "tip", {});
    await page.mouse.move(2, 2);
    await page.locator("#scatter svg").focus();
    await page.keyboard.press("ArrowRight");
    found.tipByKey = await page.locator("#scatter .tip").isVisible();
  }
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  found.file = download.suggestedFilename();
  found.csv = readFileSync(await download.path(), "utf8").split("\r\n").slice(0, 4);
  return found;
}

async function tabOrder(page) {
  await page.reload();
  const order = [];
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      return e === document.body ? "" : `${e.tagName.toLowerCase()} ${e.id || e.getAttribute("href") || e.getAttribute("aria-label") || e.textContent.slice(0, 30)}`;
    });
    if (!at) break;
    order.push(at);
  }
  return order;
}

const inert = () => ({
  scripts: document.querySelectorAll("script").length,
  images: document.querySelectorAll("img, iframe, object, embed, link[rel=stylesheet]").length,
  handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
});

try {
  const wide = await open(1400, 1000);
  await width(wide, "1400");
  await shot(wide, "wide");
  seen.title = await wide.title();
  seen.inert = await wide.evaluate(inert);
  seen.steps.tabs = await tabs(wide);
  seen.steps.explore = await explore(wide);
  seen.afterwards = await wide.evaluate(inert);
  seen.steps.tabOrder = await tabOrder(wide);
  await wide.emulateMedia({ media: "print" });
  await wide.pdf({ path: join(folder, "print.pdf"), preferCSSPageSize: true, printBackground: true });

  const narrow = await open(400, 800);
  await width(narrow, "400");
  await shot(narrow, "narrow");
  const dark = await open(1400, 1000, "dark");
  await shot(dark, "dark");
} catch (error) {
  seen.errors.push(`look: ${error.stack}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
