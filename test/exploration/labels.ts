/**
 * Steps of a run in words, for whoever reads how a violation came about.
 */

import type { Input } from './end.ts';
import type { End, Message, News, Side } from './world.ts';

export function labelOfMessage({ to, kind, spi, number }: Message): string {
  return `${to === 0 ? 'right -> left ' : 'left -> right'}: ${kind} #${number} of ${spi}`;
}

export function labelOfInput(side: Side, input: Input, end: End): string {
  const name = side === 0 ? 'left' : 'right';
  switch (input.type) {
    case 'news':
      return `${name}: the policy reads ${newsText(end.news[0])}`;
    case 'answer':
      return `${name}: the policy is answered ${newsText(end.answers[0])}`;
    case 'command':
      return `${name}: charon is told ${JSON.stringify(end.commands[0])}`;
    case 'turn':
      return `${name}: the policy gets its turn`;
    case 'wake':
      return `${name}: the policy wakes`;
    case 'timer':
      return `${name}: a timer of charon`;
    default:
      return `${name}: ${input.type}`;
  }
}

function newsText(news: News | undefined): string {
  if (!news) return 'nothing';
  const { type } = news;
  if (type === 'listing') {
    return `listing ${news.ikeSas.map((sa) => `${sa.id} ${sa.state} ${sa.children.map((c) => c.id).join(' ')}`).join(', ')}`;
  }
  return `${type} ${JSON.stringify(news).slice(0, 110)}`;
}
