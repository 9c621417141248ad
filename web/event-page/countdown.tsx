import { formatLeft } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { useSecondsLeft } from '../shared/use-clock.ts';
import { Words } from '../shared/words.tsx';

/** The time until an instant, second by second of the server's clock. A screen reader is told at two moments only. */
export function Countdown({ untilMs }: { untilMs: number }) {
  const { clock, messages } = usePage();
  const seconds = useSecondsLeft(clock, untilMs);
  const { minute, seconds: ten } = messages.event.untilOpen;
  const said = seconds > 55 && seconds <= 60 ? minute : seconds > 5 && seconds <= 10 ? ten : '';
  return (
    <>
      <span role="timer" aria-label={messages.event.countdown} className="countdown">
        <Words>{formatLeft(messages, seconds * 1_000)}</Words>
      </span>
      <span role="status" className="unseen">
        {said}
      </span>
    </>
  );
}
