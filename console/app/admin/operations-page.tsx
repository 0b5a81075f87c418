import { Page } from '../layout/page.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Figures } from './figures.tsx'
import { HealthCard } from './health.tsx'
import { Stuck } from './stuck.tsx'

/** For administrators: is everything well, and if not, what can be done. */
const OperationsPage = () => (
  <Page title="Operations">
    <div className="stack-wide">
      <HealthCard />
      <Figures />
      <Stuck />
      <DeadLetters />
    </div>
  </Page>
)
export default OperationsPage
