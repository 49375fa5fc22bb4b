import { conformance } from '../testing/conformance.ts';
import { WIRE_FORMS } from '../testing/wire-forms.ts';

for (const form of WIRE_FORMS) conformance(form);
