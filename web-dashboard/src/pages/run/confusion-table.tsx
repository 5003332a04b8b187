import type { Confusion } from '../../api/inspect';
import { css, inkOn, sequential } from '../../colour';
import { formatAccuracy, formatCount } from '../../format';
import { ClassMark } from '../../ui/parts';
import { useAppearance } from '../../ui/theme';

const kMostClasses = 20;

/** True classes by predicted ones; shaded by the share of the row. */
export function ConfusionTable({ confusion }: { confusion: Confusion }) {
  const { theme } = useAppearance();
  const { classes, counts } = confusion;
  const shown = Math.min(classes, kMostClasses);
  const labels = Array.from({ length: shown }, (_, label) => label);
  return (
    <div className="confusion">
      <table style={{ fontSize: shown > 12 ? '0.625rem' : undefined }}>
        <caption>
          {confusion.split}: true class by row, predicted by column
          {classes > shown && `, the first ${shown} of ${classes}`}
        </caption>
        <thead>
          <tr>
            <td />
            {labels.map((label) => (
              <th key={label} scope="col">
                <ClassMark label={label} size={12} /> {label}
              </th>
            ))}
            <th scope="col">recall</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((row) => {
            const cells = counts.slice(row * classes, (row + 1) * classes);
            const total = cells.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={row}>
                <th scope="row">
                  <ClassMark label={row} size={12} /> {row}
                </th>
                {labels.map((column) => {
                  const count = cells[column] ?? 0;
                  const colour = sequential(total > 0 ? (0.85 * count) / total : 0, theme);
                  return (
                    <td
                      key={column}
                      className={row === column ? 'right' : undefined}
                      style={{
                        background: css(colour),
                        color: inkOn(colour),
                      }}
                    >
                      {count === 0 ? '' : formatCount(count)}
                    </td>
                  );
                })}
                <td className="recall">{formatAccuracy(confusion.recalls[row])}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
