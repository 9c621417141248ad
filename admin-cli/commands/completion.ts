import { defineCommand } from '../command.ts';
import { completionScripts, shells } from '../completion/scripts.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a script that makes the Tab key complete commands.',
  details:
    'Completes commands, options, their choices and the ids of events. It gets the ids from the same API as ' +
    'the other commands, and waits at most a second for them. It needs `coupon-admin` on PATH (`npm link` in the checkout).',
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
