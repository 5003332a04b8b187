import { css, diverging, inkOn } from '../../colour';
import { useAppearance } from '../../ui/theme';
import { numberText } from '../number-text';

/** A matrix with its name; shaded about zero on a scale of its own. */
export function MatrixTable({
  name,
  values = [],
  columns,
}: {
  name: string;
  values?: readonly number[];
  columns: number;
}) {
  const { theme } = useAppearance();
  const largest = Math.max(1e-12, ...values.map(Math.abs).filter(Number.isFinite));
  const rows = Array.from({ length: Math.ceil(values.length / columns) }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns),
  );
  return (
    <table className="matrix" data-matrix={name}>
      <caption>{name}</caption>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            {row.map((value, j) => {
              const colour = diverging((0.6 * value) / largest, theme);
              return (
                <td key={j} style={{ background: css(colour), color: inkOn(colour) }}>
                  <data value={String(value)}>{numberText(value)}</data>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
