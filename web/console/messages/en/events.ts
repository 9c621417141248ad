export const events = {
  create: 'Create an event',
  edit: 'Edit',
  created: (name: string) => `${name} has been created.`,
  saved: (name: string) => `${name} has been saved.`,
  noEvents: 'There are no events yet.',
  troubles: {
    ...{ needsApproval: 'Needs approval', gateLost: 'Gate lost' },
    ...{ opensPaused: 'Paused, will not open', lags: 'Claims not yet in MySQL' },
  },
  seeded: 'seeded',
  opens: 'Opening',
  issuedOf: (issued: string, stock: string) => `${issued} of ${stock} issued`,
  actions: {
    ...{ approve: 'Approve', pause: 'Pause', resume: 'Resume', close: 'Close' },
    ...{ topUp: 'Add coupons', reset: 'Reset' },
  },
  willHappen: {
    approve: 'The event may open as it is now. A later change of amount, stock or times needs a new approval.',
    pause: 'Claims are refused from now on, until you resume the event. Issued coupons stay valid.',
    resume: 'The event accepts claims again at once.',
    close: 'The round ends permanently. Issued coupons stay valid. Only a reset starts another round.',
    topUp: 'The stock grows by this number. A sold-out event then issues coupons again.',
    reset:
      'The next round starts, with no coupons issued. It is paused unless its opening is in the future. Claims of this round are kept.',
  },
  values: {
    ...{ approve: '', pause: '', close: '' },
    ...{ resume: 'From serial', topUp: 'Coupons to add', reset: 'New stock' },
  },
  done: {
    approve: (name: string, phase: string) => `${name} has been approved. State: ${phase}.`,
    pause: (name: string, phase: string) => `${name} has been paused. State: ${phase}.`,
    resume: (name: string, phase: string) => `${name} has been resumed. State: ${phase}.`,
    close: (name: string, phase: string) => `${name} has been closed. State: ${phase}.`,
    topUp: (name: string, phase: string) => `${name} has more coupons now. State: ${phase}.`,
    reset: (name: string, phase: string) => `${name} has started its next round. State: ${phase}.`,
  },
  fromSerialHint:
    'Optional. After a lost gate, the first serial that cannot have been promised to anybody. Unissued serials below it stay reserved.',
  gateLostAbout:
    'Redis has lost the gate, so nobody can claim, and calls get 503. Reconcile and repair the event, then decide whether to continue it.',
  typeName: (name: string) => `Type the event’s name: ${name}`,
  waitsForApproval: (who: string) => `Nobody can claim until another admin approves the event. Requested by: ${who}.`,
  publicPage: 'Public page',
};
