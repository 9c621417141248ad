import { defineCommand } from '../command.ts';
import { completionScripts, shells } from '../completion/scripts.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print what makes the Tab key complete commands.',
  details:
    'Completes commands, options, their choices and the ids of events; an event is looked for where the other commands ' +
    'look, for a second at most. It works where `coupon-admin` can be called by its name (`npm link` in the checkout).',
  examples: [
    { says: 'bash, in ~/.bashrc: source <(coupon-admin completion bash)', line: 'completion bash' },
    { says: 'zsh, in ~/.zshrc: source <(coupon-admin completion zsh)', line: 'completion zsh' },
    {
      says: 'fish, once: coupon-admin completion fish > ~/.config/fish/completions/coupon-admin.fish',
      line: 'completion fish',
    },
  ],
  args: {
    shell: { type: 'string', positional: true, value: 'shell', summary: 'bash, zsh or fish', choices: shells },
  },
  handler({ shell }, { out }) {
    const script = completionScripts[shell];
    out.show({ json: () => ({ shell, script }), terminal: () => script, plain: () => script });
  },
});
