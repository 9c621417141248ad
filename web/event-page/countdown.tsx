import { twoDigits } from '../shared/figures.ts';
import { formatLeft } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';
import { useSecondsLeft } from '../shared/use-clock.ts';
import { Words } from '../shared/words.tsx';

/**
 * Counts down to an instant by the server's clock, with a label for each unit. Screen readers announce the time left
 * only twice: about a minute and about ten seconds before the instant.
 */
export function Countdown({ untilMs }: { untilMs: number }) {
  const { clock, messages } = usePage();
  const seconds = useSecondsLeft(clock, untilMs);
  const { countdown, units, untilOpen } = messages.event;
  const said = seconds > 55 && seconds <= 60 ? untilOpen.minute : seconds > 5 && seconds <= 10 ? untilOpen.seconds : '';
  const days = Math.floor(seconds / 86_400);
  const parts = [
    ...(days > 0 ? [{ unit: units.days, text: String(days) }] : []),
    { unit: units.hours, text: twoDigits(Math.floor((seconds % 86_400) / 3_600)) },
    { unit: units.minutes, text: twoDigits(Math.floor((seconds % 3_600) / 60)) },
    { unit: units.seconds, text: twoDigits(seconds % 60) },
  ];
  return (
    <div className="counting" data-last={seconds > 0 && seconds <= 10}>
      <p className="counting-label" aria-hidden>
        {countdown}
      </p>
      <p role="timer" aria-label={countdown} className="countdown">
        {parts.map(({ unit, text }, at) => (
          <span key={unit} className="part">
            {at === 0 ? null : <span className="colon">:</span>}
            {/* The units come from CSS: a screen reader would read them out if they were text between the digits. */}
            <span className="digits" data-unit={unit}>
              <Words>{text}</Words>
            </span>
          </span>
        ))}
      </p>
      <span role="status" className="unseen">
        {said}
      </span>
    </div>
  );
}

/** A countdown on one line, for the list of events. */
export function CountdownLine({ untilMs }: { untilMs: number }) {
  const { clock, messages } = usePage();
  const seconds = useSecondsLeft(clock, untilMs);
  return (
    <span className="countdown-line">
      {messages.event.countdown} <span role="timer">{formatLeft(messages, seconds * 1_000)}</span>
    </span>
  );
}
