"use strict";
// What every page has: short names for the document, and the navigation that follows the reader.
const one = (query) => document.querySelector(query);
const all = (query, root = document) => [...root.querySelectorAll(query)];
// Names come from data files: every text goes through textContent, never through markup.
const make = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};

{
  const links = all("nav a");
  const sections = links.map((link) => one(link.getAttribute("href")));
  const mark = () => {
    const line = window.innerHeight * 0.3;
    const end = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 4;
    let at = sections.filter((section) => section.getBoundingClientRect().top <= line).length - 1;
    if (end) at = sections.length - 1;
    links.forEach((link, i) => {
      if (i === Math.max(at, 0)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}
