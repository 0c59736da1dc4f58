import icon from '../../../resources/icons/icon.svg';

export function Logo({ size }: { size: number }) {
  return <img src={icon} width={size} height={size} alt="" draggable={false} />;
}
