import { pathName, type NestedRegion } from '../model/regions';

/** The cell that says in what a range lies. */
export function Where({ region }: { readonly region: NestedRegion | undefined }) {
  const name = region === undefined ? '' : pathName(region);
  return (
    <td className="heatmap-where" title={name}>
      {name}
    </td>
  );
}
