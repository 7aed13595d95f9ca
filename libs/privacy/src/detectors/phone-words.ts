// What the words before a number say about it: a phone, somebody to call, or an order, a parcel, a version.

const LOOK_BACK = 40;
const PHONE =
  /(?:phone|telefon|téléphone|telefono|teléfono|telefone|\btel\b|\btél\b|_tel\b|\bfon\b|\bmobile\b|\bmobil\b|\bmóvil\b|\bcell?\b|cellulare|celular|handy|whatsapp|msisdn|\bfax\b|\bport\b|gsm|тел|電話|手机|手機|电话|携帯|هاتف|جوال|फ़ोन|मोबाइल)[^\d\n]{0,24}$/iu;
const CALL =
  /(?:\bcall\b|\btext\b|\bdial\b|\bring\b|\bsms\b|\bruf|\banruf|appel|ll[aá]m|chama|звон|dzwo|zavol|\bbel\b|\b(?:my|meine?|mon|mi|mijn|mio|meu|mój|mitt|number is) (?:number|nummer|numéro|numero|número|numer)\b)[^\d\n]{0,16}$/iu;
const OTHER =
  /(?:order|invoice|ticket|parcel|tracking|isbn|issn|\bean\b|\bsku\b|serial|version|build|article|account|\bref|\bpid\b|offset|amount|bestell\p{L}*|rechnung\p{L}*|auftrag\p{L}*|commande|facture|pedido|factura|ordine|fattura|zamówien\p{L}*|заказ\p{L}*|\blot|\bid)[\s_-]?(?:no|nr|number|nummer|numéro|número|id|n°|№)?[\s.:#"'=]{0,4}$/iu;

export type Meaning = 'phone' | 'call' | 'other' | undefined;

/** @param at where the number begins */
export function meaningBefore(text: string, at: number): Meaning {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at);
  if (OTHER.test(before)) return 'other';
  if (PHONE.test(before)) return 'phone';
  return CALL.test(before) ? 'call' : undefined;
}
