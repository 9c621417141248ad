import { ActionIcon, Button, Group, Popover, Stack, Text } from '@mantine/core';
import { DatePicker, DatesProvider, TimePicker } from '@mantine/dates';
import { IconCalendar } from '@tabler/icons-react';
import 'dayjs/locale/ko';
import { useState } from 'react';
import { useConsole } from '../shell/console-context.ts';
import { TypedField, type TypedFieldProps } from './typed-field.tsx';
import { readLocalTime, showLocalTime } from './typed-values.ts';
import { relative } from './when.tsx';
import { instantOf, localIn, readableZone } from './zoned-time.ts';

type Props = Omit<TypedFieldProps, 'about' | 'rightSection' | 'inputMode'> & {
  timeZone: string;
  /** The text to show if the field is empty, for fields that may be empty. */
  none?: string;
};

/**
 * A date and time in a zone, which the admin types or picks from a calendar. Below the field is an explanation of the
 * time: its offset, its weekday, how far away it is, and the reader's own local time if that differs.
 */
export function TimeField({ timeZone, none, ...props }: Props) {
  const { words } = useConsole();
  const { value, onValue, onLeave, label } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <TypedField
      {...props}
      placeholder={props.required === true ? '2026-12-01 10:00' : undefined}
      read={readLocalTime}
      show={showLocalTime}
      about={<Meaning name={props.name} value={value} timeZone={timeZone} none={none} />}
      rightSection={
        <Popover
          opened={isOpen}
          onChange={setOpen}
          onClose={() => onLeave?.()}
          position="bottom-end"
          shadow="md"
          trapFocus
          returnFocus
          withinPortal
        >
          <Popover.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.forms.calendar.open(label)}
              data-opens={props.name}
              onClick={() => setOpen((held) => !held)}
            >
              <IconCalendar size={18} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown data-calendar={props.name}>
            <Picker value={value} timeZone={timeZone} onValue={onValue} onDone={() => setOpen(false)} />
          </Popover.Dropdown>
        </Popover>
      }
    />
  );
}

/** Hours at which sales often open, offered as choices. */
const usualTimes = ['10:00:00', '12:00:00', '14:00:00', '20:00:00'];

type PickerProps = { value: string; timeZone: string; onValue: (value: string) => void; onDone: () => void };

function Picker({ value, timeZone, onValue, onDone }: PickerProps) {
  const { words, language } = useConsole();
  const texts = words.forms.calendar;
  const at = instantOf(value, timeZone);
  const local = readLocalTime(value) ?? (typeof at === 'number' ? localIn(at, readableZone(timeZone)) : null);
  const [day = null, time = '10:00:00'] = local?.split('T') ?? [];
  const today = todayIn(timeZone);
  return (
    <Stack gap="sm">
      <DatesProvider settings={{ locale: language, firstDayOfWeek: language === 'ko' ? 0 : 1 }}>
        <DatePicker
          value={day}
          defaultDate={day ?? today}
          hideOutsideDates
          onChange={(chosen) => onValue(chosen === null ? '' : `${chosen}T${time}`)}
          getDayProps={(each) => (each === today ? { 'aria-current': 'date', fw: 700 } : {})}
          monthLabelFormat={language === 'ko' ? 'YYYY년 M월' : 'MMMM YYYY'}
          yearLabelFormat={language === 'ko' ? 'YYYY년' : 'YYYY'}
          ariaLabels={texts.labels}
        />
      </DatesProvider>
      <TimePicker
        label={texts.time}
        value={time}
        onChange={(chosen) => /^\d\d:\d\d/.test(chosen) && onValue(`${day ?? today}T${chosen.padEnd(8, ':00')}`)}
        withSeconds
        hoursInputLabel={texts.hours}
        minutesInputLabel={texts.minutes}
        secondsInputLabel={texts.seconds}
      />
      <Group gap="xs">
        {usualTimes.map((each) => (
          <Button key={each} size="compact-sm" variant="light" onClick={() => onValue(`${day ?? today}T${each}`)}>
            {each.slice(0, 5)}
          </Button>
        ))}
      </Group>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {timeZone}
        </Text>
        <Button size="compact-sm" onClick={onDone} data-do="picked">
          {texts.done}
        </Button>
      </Group>
    </Stack>
  );
}

const todayIn = (timeZone: string): string => localIn(Date.now(), readableZone(timeZone)).slice(0, 10);

type MeaningProps = { name: string; value: string; timeZone: string; none?: string | undefined };

/** Explains a typed time. A problem with the time is shown as the field's error. */
function Meaning({ name, value, timeZone, none }: MeaningProps) {
  const { words, language } = useConsole();
  return <span data-preview={name}>{meaning()}</span>;

  function meaning(): string {
    if (value === '') return none ?? '';
    const at = instantOf(value, timeZone);
    if (at === 'skipped') return words.forms.skipped(timeZone);
    if (at === 'twice') return words.forms.twice(timeZone);
    if (at === null) return '';
    const zone = readableZone(timeZone);
    const there = inZone(language, at, zone);
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const away = relative(language, at - Date.now());
    const isElsewhere = offsetOf(at, zone) !== offsetOf(at, here);
    const own = isElsewhere ? ` · ${words.forms.yourTime(inZone(language, at, here))}` : '';
    return `${there} (${offsetOf(at, zone)}) · ${away}${own}`;
  }
}

function inZone(language: string, at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    ...{ timeZone, year: 'numeric', month: 'short', day: 'numeric', weekday: 'short' },
    ...{ hour: 'numeric', minute: '2-digit', ...(at % 60_000 === 0 ? {} : { second: '2-digit' }) },
  }).format(at);
}

/** A zone's offset at an instant, such as `UTC+09:00`. */
function offsetOf(at: number, timeZone: string): string {
  const minutes = Math.round((Date.parse(`${localIn(at, timeZone)}Z`) - Math.floor(at / 1_000) * 1_000) / 60_000);
  const size = Math.abs(minutes);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
