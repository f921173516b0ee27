/** What bench/speculation asks for: texts that are quoted or edited, and such as repeat nothing. */

export interface Task {
  readonly kind: 'quoting' | 'editing' | 'free text';
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  /** 0: the likeliest token. */
  readonly temperature: number;
}

const LIGHTHOUSE = `The lighthouse on Skerry Point was built in 1874 by forty masons from the mainland. Its tower is
thirty-one metres tall and stands on a ledge of grey granite that the sea covers twice a day. The lamp
burned rape oil until 1902, paraffin until 1931, and has been electric since. Three keepers lived in the
round rooms below the gallery, each with a stove, a bunk and a window to the west. In the winter of 1911
the relief boat could not land for fifty-three days, and the men lived on biscuits, dried peas and the
rain that ran from the dome. The last keeper, Ewan Marr, left in 1983 with a suitcase and the station's
cat. Since then a lamp no larger than a melon has turned by itself, and is looked after by two engineers
who come by helicopter in May and in October. The old lens, two tonnes of glass and brass, can be seen
in the harbour museum between the whale's jaw and the model of the railway that was never built.`;

const MARKET = `On Thursdays the market fills the square from the fountain to the steps of the chapel. Farmers from
the valley bring cheese, walnuts and honey; the two sisters from Orvelle sell bread that they have baked in
the night. A man with a grey beard sharpens knives and scissors on a wheel that he turns with his foot.
Behind the fish stall stands a van with books, most of them about gardens, saints or the war. The mayor
walks through the rows at ten o'clock, buys a bag of cherries if there are any, and listens to complaints
about the parking. At noon the bell rings, the awnings are rolled up, and within an hour nothing is left
but crates, leaves and the pigeons. Whoever comes at two finds an empty square, a wet pavement, and the
waiter of the café, who carries the chairs back to where they stand on all the other days of the week.`;

const ACCOUNTS = `def load_accounts(path):
    accounts = {}
    with open(path) as file:
        for line in file:
            name, balance = line.strip().split(",")
            accounts[name] = float(balance)
    return accounts


def transfer(accounts, source, target, amount):
    if amount <= 0:
        raise ValueError("amount must be positive")
    if accounts[source] < amount:
        raise ValueError("not enough money")
    accounts[source] -= amount
    accounts[target] += amount


def total(accounts):
    return sum(accounts.values())


def save_accounts(path, accounts):
    with open(path, "w") as file:
        for name, balance in accounts.items():
            file.write(f"{name},{balance}\\n")
`;

const SETTINGS = `{
  "name": "weather-station",
  "interval_seconds": 30,
  "sensors": [
    { "id": "outdoor", "kind": "temperature", "pin": 4, "unit": "celsius" },
    { "id": "indoor", "kind": "temperature", "pin": 5, "unit": "celsius" },
    { "id": "barometer", "kind": "pressure", "pin": 6, "unit": "hectopascal" },
    { "id": "garden", "kind": "humidity", "pin": 7, "unit": "percent" }
  ],
  "upload": { "host": "weather.example", "port": 8883, "retries": 5 }
}`;

/** The answer is begun, as an editor's assistant does: a small model goes on where it would else explain. */
function begun(kind: Task['kind'], wish: string, text: string, beginning: string): Task {
  return {
    ...{ kind, temperature: 0 },
    messages: [
      { role: 'user', content: `${wish}\n\n${text}` },
      { role: 'assistant', content: beginning },
    ],
  };
}

const firstWords = (text: string): string => text.split(/(?<=\s)/, 6).join('');

const quotes = [LIGHTHOUSE, MARKET].map((text) =>
  begun('quoting', 'Repeat the following text word for word.', text, firstWords(text)),
);

const edits = [
  begun(
    'editing',
    'Rename the function `transfer` to `move_money` in this file and write the whole file.',
    `\`\`\`python\n${ACCOUNTS}\`\`\``,
    '```python\ndef load_accounts(path):\n',
  ),
  begun(
    'editing',
    'Change the interval to 60 seconds and the port to 1883. Write the whole file.',
    `\`\`\`json\n${SETTINGS}\n\`\`\``,
    '```json\n{\n  "name": "weather-station",\n  "interval_seconds": 60,\n  "sensors": [\n    {',
  ),
  begun(
    'editing',
    'The market is on Fridays now. Correct the text and write all of it.',
    MARKET,
    'On Fridays the market fills the square',
  ),
];

const FREE = [
  'Tell me about a journey to a place that nobody has seen.',
  'Why do people keep diaries?',
  'Describe a kitchen in the morning.',
  'What would you ask a person from the year 2300?',
];

const free = FREE.map((content): Task => {
  return { kind: 'free text', temperature: 1, messages: [{ role: 'user', content }] };
});

export const TASKS: readonly Task[] = [...quotes, ...edits, ...free];
export const KINDS: readonly Task['kind'][] = ['quoting', 'editing', 'free text'];
