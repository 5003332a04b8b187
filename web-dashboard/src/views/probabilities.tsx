import type { Prediction } from '../api/inspect';
import { classColour, css } from '../colour';
import { formatAccuracy } from '../format';
import { ClassMark } from '../ui/parts';
import { useAppearance } from '../ui/theme';

/** How sure the model is of each class, as bars. */
export function Probabilities({
  prediction,
  title,
}: {
  prediction: Prediction | undefined;
  title: string;
}) {
  const { theme } = useAppearance();
  return (
    <div className="probabilities" aria-label={title}>
      <p className="muted">{title}</p>
      <ul>
        {(prediction?.probabilities ?? []).map((probability, label) => (
          <li key={label} className={prediction?.label === label ? 'chosen' : undefined}>
            <ClassMark label={label} />
            <span className="class-name">{label}</span>
            <span className="probability-track">
              <span
                style={{
                  width: `${probability * 100}%`,
                  background: css(classColour(label, theme)),
                }}
              />
            </span>
            <span className="number">{formatAccuracy(probability)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
