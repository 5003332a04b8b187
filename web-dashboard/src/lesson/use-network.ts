import type { NetworkActivation } from '../api/presets';
import { capacity } from '../api/capacity';
import type { Capacity } from '../api/capacity';
import type { Question } from '../api/demo';
import type { LatestAnswer } from '../state/use-latest-answer';
import { useLatestAnswer } from '../state/use-latest-answer';
import type { Code } from './frame';
import { commandLine } from './frame';
import { kNetworkControls, kPresetOfData, networkQuestion } from './network';
import { hiddenUnits, networkPlan, planOf } from './plans';
import { useControls } from './use-controls';
import { useEnsured } from './use-points';
import { useTraining } from './use-training';

/** A network of one's own: its controls, the server's count, and the code that asks for it. */
export function useNetwork(view: 'capacity' | 'diagram') {
  const [values, set] = useControls(kNetworkControls);
  const plan = planOf(kPresetOfData[values.data] ?? 'mlp-mnist');
  const isThere = useEnsured(plan);
  const question: Question | null = networkQuestion(values);
  const answer: LatestAnswer<Capacity> = useLatestAnswer(capacity, isThere ? question : null);
  // The command line asks about a run, so that there is a command only where one was trained.
  const hidden = hiddenUnits(values.hidden) ?? [64];
  const preset = values.data === 'mnist' ? 'mlp-mnist' : 'mlp-xor';
  const run = useTraining(() => {
    const network = networkPlan(preset, hidden, values.activation as NetworkActivation, 5);
    return { ...network, dataset: plan.dataset, source: plan.source };
  });
  const asks = { method: 'InspectService.Capacity', request: question ?? {} };
  const code: Code[] =
    run.job === undefined
      ? [run.code, { command: '', ...asks }]
      : [{ command: commandLine('inspect', view, run.job.id), ...asks }];
  return { values, set, answer, code, isRight: question !== null };
}
