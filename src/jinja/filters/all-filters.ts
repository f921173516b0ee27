import type { Filter } from './filter.js';
import { htmlFilters } from './html-filters.js';
import { layoutFilters } from './layout-filters.js';
import { numberFilters } from './number-filters.js';
import { orderFilters } from './order-filters.js';
import { registry } from './registry.js';
import { selectFilters } from './select-filters.js';
import { sequenceFilters } from './sequence-filters.js';
import { textFilters } from './text-filters.js';
import { urlFilters } from './url-filters.js';
import { valueFilters } from './value-filters.js';

/** jinja2's filters, with transformers' tojson. */
export const FILTERS: ReadonlyMap<string, Filter> = registry.fill([
  ...valueFilters,
  ...numberFilters,
  ...textFilters,
  ...layoutFilters,
  ...htmlFilters,
  ...urlFilters,
  ...sequenceFilters,
  ...orderFilters,
  ...selectFilters,
]);
