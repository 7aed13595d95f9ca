// The words that a search compares, instead of OpenAI's embeddings: lower case, without accents, stop words and the
// commonest English endings. Scripts without spaces are taken in pairs of characters.

const STOP_WORDS = new Set(
  `a about an and any are as at be been but by can could did do does for from had has have he her him his how i in is it its
   me my of on or our please she so tell that the their them then there they this to us was we were what when where which
   who whom whose why will with would you your`.split(/\s+/),
);
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Pure: every keyword of a text in its order, repeats included. */
export function keywordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const found: string[] = [];
  for (const [word] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (UNSPACED.test(word)) found.push(...pairsOf(word));
    else if (!STOP_WORDS.has(word)) found.push(stem(word));
  }
  return found;
}

function pairsOf(word: string): string[] {
  const points = [...word];
  return points.length === 1 ? points : points.slice(1).map((point, index) => points[index]! + point);
}

/** "invoices" and "invoice", "billing" and "billed" are one word. */
function stem(word: string): string {
  if (word.length < 5) return word.length === 4 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
  const base = word
    .replace(/(?:ies|y)$/, 'i')
    .replace(/(?:ing|ed|es|[^s]s)$/, (end) => (/^[^s]s$/.test(end) ? end[0]! : ''));
  return base.replace(/e$/, '');
}
