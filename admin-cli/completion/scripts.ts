import { binName } from '../program-name.ts';
import { completeName } from './answer-completion.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * For each shell, a script that makes the Tab key complete commands, options and event ids. The scripts ask the program
 * for the words, so they need no change when commands are added.
 */
export const completionScripts: Record<Shell, string> = {
  bash: `# Completion of ${binName} for bash.
_coupon_admin() {
  local IFS=$'\\n'
  COMPREPLY=($(${binName} ${completeName} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o nosort -F _coupon_admin ${binName} 2>/dev/null || complete -F _coupon_admin ${binName}`,

  zsh: `#compdef ${binName}
# Completion of ${binName} for zsh.
_coupon_admin() {
  local line
  local -a found
  for line in "\${(@f)$(${binName} ${completeName} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V ${binName} found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _coupon_admin ${binName}`,

  fish: `# Completion of ${binName} for fish.
function __coupon_admin_complete
    set -l words (commandline -opc) (commandline -ct)
    ${binName} ${completeName} $words[2..-1] 2>/dev/null
end
complete -c ${binName} -f -k -a '(__coupon_admin_complete)'`,
};
