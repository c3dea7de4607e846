/** Who and what the demo observatory has: people, runs, and the order in which things are told. */

/** Changes whenever the observatory does, so that a folder made by an older one is not taken for it. */
export const OBSERVATORY_VERSION = 2

export interface DemoPerson {
  readonly subject: string
  readonly password: string
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly operator?: true
  readonly who: string
}

const person = (subject: string, givenName: string, familyName: string, who: string): DemoPerson => ({
  subject,
  password: `${subject}-demo`,
  name: `${givenName} ${familyName}`,
  givenName,
  familyName,
  email: `${subject}@observatory.example`,
  who,
})

export const PEOPLE: readonly DemoPerson[] = [
  person('pi', 'Zoë', 'Núñez-Škoda', 'principal investigator'),
  person('delegate', 'Amadou', 'Diallo', "the PI's delegate for one run"),
  person('visitor', 'Mei', 'Tanaka', 'PI of another run'),
  { ...person('operator', 'Ines', 'Larsen', 'staff: may see everything'), operator: true },
]

/** Runs by what they show. */
export const RUNS = {
  tutorial: '098.C-0739(C)',
  /** Protected metadata: only `pi` may know of it. */
  piProtected: '097.C-9901(A)',
  /** Protected metadata: only `visitor` may know of it. */
  visitorProtected: '097.C-9902(A)',
  /** Public metadata, files proprietary until 2035; `delegate` has the PI's rights. */
  proprietary: '114.9903.001',
  sphereCalibration: '60.A-9800(S)',
  fors2Science: '106.21QV.001',
  fors2Calibration: '60.A-9203(E)',
  ferosCalibration: '60.A-9120(B)',
  xshooterCalibration: '60.A-9022(C)',
  museCalibration: '60.A-9100(B)',
} as const

export const PROPRIETARY_UNTIL = '2035-01-01T00:00:00.000Z'

/** The access file of `quipu-archive init`. */
export const ACCESS = {
  people: PEOPLE.map(({ who: _who, ...rest }) => rest),
  runs: [
    { progId: RUNS.tutorial, metadata: 'public', pi: 'pi' },
    { progId: RUNS.piProtected, metadata: 'protected', pi: 'pi' },
    { progId: RUNS.visitorProtected, metadata: 'protected', pi: 'visitor' },
    { progId: RUNS.proprietary, metadata: 'public', pi: 'pi', delegates: [{ subject: 'delegate' }] },
  ],
}

/** The configuration: ESO's text mode and identifiers, since the demo speaks ESO's dialect. */
export const CONFIG = {
  site: { title: 'Quipu demo observatory', authority: 'ivo://eso.org', textMode: 'ignoreCase' },
  log: { level: 'warn' },
}
