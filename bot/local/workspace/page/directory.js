// Who and what the ids in messages stand for, as the person acting sees it. Filled by workspace.js, read by everything that renders.

export const directory = { me: '', team: {}, app: {}, people: new Map(), channels: new Map(), groups: new Map(), commands: [], shortcuts: [] };

export function learn(workspace) {
  Object.assign(directory, {
    me: workspace.me,
    team: workspace.team,
    app: workspace.app,
    commands: workspace.commands,
    shortcuts: workspace.shortcuts,
    people: new Map(workspace.people.map((person) => [person.id, person])),
    channels: new Map(workspace.channels.map((channel) => [channel.id, channel])),
    groups: new Map(workspace.groups.map((group) => [group.id, group])),
  });
}

/** The people one can act as or choose: no bots. */
export const humans = () => [...directory.people.values()].filter((person) => !person.is_bot && person.id !== 'USLACKBOT');
