/* Gives each slide the largest type that fits, and starts reveal.js. At the smallest, code has 20
   pixels on a slide of 1280 x 720; lines too long even then are folded. */
(() => {
  const TYPES = [1.3, 1.2, 1.1, 1, 0.95, 0.91];
  const PROSE = [1.5, 1.4]; // where there is nothing else
  const LONGEST = 100; // letters in a line that is never folded

  const RIGHT = 1280 - 30, BOTTOM = 720 - 52;

  function parts(slide) {
    return [...slide.children].filter(each => !each.matches('.live, .notes, .link'));
  }

  function fits(slide) {
    const at = slide.getBoundingClientRect();
    const range = document.createRange();
    return parts(slide).every(part => {
      range.selectNode(part);
      return [...range.getClientRects()].every(
        box => box.right - at.left <= RIGHT && (box.bottom - at.top <= BOTTOM || !box.height));
    });
  }

  function fit(slide) {
    for (const pre of slide.querySelectorAll('pre')) {
      const longest = Math.max(...pre.textContent.split('\n').map(line => line.length));
      pre.classList.toggle('folded', longest > LONGEST);
    }
    const others = slide.querySelector('pre, img, table');
    const types = others ? TYPES : [...PROSE, ...TYPES];
    const type = types.find(each => {
      slide.style.setProperty('--type', each);
      return fits(slide);
    });
    if (type === undefined && slide.scrollWidth > 1280) {
      slide.querySelectorAll('pre').forEach(pre => pre.classList.add('folded'));
    }
    if (!fits(slide)) cut(slide);
    if (!others) lower(slide);
  }

  // Of a long table among the outputs there is what fits; the notebook has it all.
  function cut(slide) {
    const rows = [...slide.querySelectorAll('.jp-OutputArea tr')];
    const told = document.createElement('p');
    told.textContent = '…';
    rows.at(-1)?.closest('table').after(told);
    while (rows.length > 1 && !fits(slide)) rows.pop().remove();
  }

  // A few words alone stand a little above the middle.
  function lower(slide) {
    const [, first] = parts(slide);
    if (!first || slide.matches('.title')) return;
    const end = parts(slide).at(-1).getBoundingClientRect().bottom;
    const free = BOTTOM - (end - slide.getBoundingClientRect().top);
    first.style.marginTop = `${Math.max(0, free) * 0.3}px`;
  }

  // A slide that isn't laid out can't be measured, and reveal.js hides all but a few.
  async function start() {
    const faces = ['', 'bold ', 'italic '].map(face => `${face}30px "Source Sans Pro"`);
    await Promise.allSettled(faces.map(face => document.fonts.load(face)));
    const all = document.querySelector('.slides');
    all.classList.add('measured');
    all.querySelectorAll('section section').forEach(fit);
    all.classList.remove('measured');
    await Reveal.initialize({
      width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: 'c/t',
      transition: 'none', backgroundTransition: 'none', navigationMode: 'linear',
      pdfSeparateFragments: false, plugins: [RevealNotes],
    });
  }
  addEventListener('load', start);
})();
