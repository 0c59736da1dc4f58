export { HeatmapView } from './HeatmapView';
