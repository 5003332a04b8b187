import { moment as askMoment } from '../api/jobs';
import type { Moment } from '../api/model';
import { momentAt } from './series';
import { useSnapshotAnswer } from './use-snapshot-answer';

/** The moment on screen, fetched by itself where the series has thinned it out. */
export function useShownMoment(
  id: string,
  moments: readonly Moment[],
  index: number,
): Moment | undefined {
  const near = momentAt(moments, index);
  const isHere = near?.index === index;
  const exact = useSnapshotAnswer(
    isHere || index < 0 ? null : `${id} moment`,
    index,
    (at, signal) => askMoment(id, at, signal),
  );
  return isHere || exact.value?.index !== index ? near : exact.value;
}
