// The space of a hidden layer, to be turned about; three.js, loaded when it is first looked at.

import { useEffect, useRef } from 'react';
import {
  BoxGeometry,
  BufferGeometry,
  CanvasTexture,
  Color,
  DoubleSide,
  EdgesGeometry,
  Float32BufferAttribute,
  Group,
  Line,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  SphereGeometry,
  SRGBColorSpace,
  Sprite,
  SpriteMaterial,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import type { Latent } from '../api/inspect';
import { classColour, css } from '../colour';
import type { Theme } from '../colour';
import { drawMarker } from '../markers';
import { useSize } from '../ui/hooks';
import { useAppearance } from '../ui/theme';
import { inkOf } from './ink';
import type { Figure } from './surface';
import { coordinateExtents, planePolygon, unitCoordinates } from './latent-data';

interface Props {
  readonly latent: Latent;
  readonly azimuth: number;
  readonly onAzimuth: (degrees: number) => void;
  readonly showPlanes: boolean;
  readonly isStale: boolean;
  readonly figureRef?: { current: (() => Figure | null) | null };
  /** Where on the way through the answer's further points one stands; the way is drawn with it. */
  readonly pathAt?: number;
}

const kMarkerPixels = 64;
/** From which the whole box is seen, however it is turned. */
const kDistance = 6.2;

function markerTexture(label: number, theme: Theme): CanvasTexture {
  const canvas = document.createElement('canvas');
  canvas.width = kMarkerPixels;
  canvas.height = kMarkerPixels;
  const context = canvas.getContext('2d');
  if (context !== null) {
    drawMarker(
      context,
      kMarkerPixels / 2,
      kMarkerPixels / 2,
      kMarkerPixels * 0.8,
      label,
      css(classColour(label, theme)),
    );
  }
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

function textSprite(text: string, colour: string, projector: boolean): Sprite {
  const canvas = document.createElement('canvas');
  canvas.width = 256;
  canvas.height = 128;
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.font = `600 ${projector ? 84 : 60}px system-ui, sans-serif`;
    context.fillStyle = colour;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, 128, 64);
  }
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  const sprite = new Sprite(new SpriteMaterial({ map: texture, depthTest: false }));
  sprite.scale.set(0.5, 0.25, 1);
  return sprite;
}

/** What fills the scene for one answer; everything in it is disposed of when it is replaced. */
function contents(latent: Latent, theme: Theme, projector: boolean, showPlanes: boolean): Group {
  const group = new Group();
  const ink = inkOf(theme, projector);
  const box = new LineSegments(
    new EdgesGeometry(new BoxGeometry(2, 2, 2)),
    new LineBasicMaterial({ color: new Color(ink.muted), transparent: true, opacity: 0.5 }),
  );
  group.add(box);
  const names = latent.varianceShare === undefined ? ['h0', 'h1', 'h2'] : ['PC 1', 'PC 2', 'PC 3'];
  // The axes begin in one corner: axis 0 runs along x, axis 1 upwards, axis 2 along z.
  names.slice(0, Math.min(3, latent.dimensions)).forEach((name, axis) => {
    const end: [number, number, number] = [-1, -1, -1];
    end[axis] = 1;
    const edge = new BufferGeometry();
    edge.setAttribute('position', new Float32BufferAttribute([-1, -1, -1, ...end], 3));
    group.add(new LineSegments(edge, new LineBasicMaterial({ color: new Color(ink.ink) })));
    end[axis] = 1.16;
    const sprite = textSprite(name, ink.muted, projector);
    sprite.position.set(...end);
    group.add(sprite);
  });
  const coordinates = unitCoordinates(latent);
  const byLabel = new Map<number, number[]>();
  latent.predictions.forEach((prediction, i) => {
    const label = prediction.trueLabel ?? prediction.label;
    const list = byLabel.get(label) ?? [];
    list.push(coordinates[3 * i] ?? 0, coordinates[3 * i + 1] ?? 0, coordinates[3 * i + 2] ?? 0);
    byLabel.set(label, list);
  });
  for (const [label, positions] of byLabel) {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute(positions, 3));
    const material = new PointsMaterial({
      map: markerTexture(label, theme),
      size: projector ? 0.26 : 0.19,
      alphaTest: 0.5,
      transparent: true,
    });
    group.add(new Points(geometry, material));
  }
  if (showPlanes) {
    const extents = coordinateExtents(latent);
    for (const plane of latent.planes) {
      const corners = planePolygon(plane, extents);
      if (corners.length < 3) continue;
      const geometry = new BufferGeometry();
      const triangles: number[] = [];
      for (let i = 1; i + 1 < corners.length; i += 1) {
        for (const corner of [corners[0], corners[i], corners[i + 1]])
          triangles.push(...(corner ?? [0, 0, 0]));
      }
      geometry.setAttribute('position', new Float32BufferAttribute(triangles, 3));
      const [red, green, blue] = classColour(plane.label, theme);
      const colour = new Color().setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace);
      group.add(
        new Mesh(
          geometry,
          new MeshBasicMaterial({
            color: colour,
            side: DoubleSide,
            transparent: true,
            opacity: 0.22,
            depthWrite: false,
          }),
        ),
      );
      const outline = new BufferGeometry();
      outline.setAttribute(
        'position',
        new Float32BufferAttribute(
          corners.flatMap((corner, i) => [
            ...corner,
            ...(corners[(i + 1) % corners.length] ?? corner),
          ]),
          3,
        ),
      );
      group.add(new LineSegments(outline, new LineBasicMaterial({ color: colour })));
    }
  }
  return group;
}

/** The way through the further points, and a ball where one stands. */
function pathOf(latent: Latent, at: number, theme: Theme): Group {
  const group = new Group();
  const ink = new Color(inkOf(theme, false).ink);
  const places = unitCoordinates(latent, 'pointCoordinates');
  const line = new BufferGeometry();
  line.setAttribute('position', new Float32BufferAttribute(places, 3));
  group.add(new Line(line, new LineBasicMaterial({ color: ink, depthTest: false })));
  for (const [point, radius] of [
    [0, 0.035],
    [Math.min(at, places.length / 3 - 1), 0.06],
  ] as const) {
    const ball = new Mesh(
      new SphereGeometry(radius, 20, 14),
      new MeshBasicMaterial({ color: ink, depthTest: false }),
    );
    ball.position.fromArray(places, 3 * point);
    group.add(ball);
  }
  return group;
}

function dispose(group: Group): void {
  group.traverse((each) => {
    if (
      each instanceof Mesh ||
      each instanceof Points ||
      each instanceof Line ||
      each instanceof Sprite
    ) {
      (each.geometry as BufferGeometry).dispose();
      const material = each.material as MeshBasicMaterial;
      material.map?.dispose();
      material.dispose();
    }
  });
}

interface Stage {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  readonly controls: OrbitControls;
  readonly render: () => void;
}

export default function LatentScene({
  latent,
  azimuth,
  onAzimuth,
  showPlanes,
  isStale,
  figureRef,
  pathAt,
}: Props) {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const stage = useRef<Stage | null>(null);
  const { theme, projector } = useAppearance();
  const report = useRef(onAzimuth);
  report.current = onAzimuth;

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const renderer = new WebGLRenderer({
      antialias: true,
      alpha: true,
      preserveDrawingBuffer: true,
    });
    renderer.setPixelRatio(window.devicePixelRatio);
    renderer.domElement.setAttribute('aria-hidden', 'true');
    element.append(renderer.domElement);
    const scene = new Scene();
    const camera = new PerspectiveCamera(34, 1, 0.1, 100);
    const controls = new OrbitControls(camera, renderer.domElement);
    controls.enablePan = false;
    controls.enableZoom = false;
    let frame = 0;
    const render = () => {
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          renderer.render(scene, camera);
        });
      }
    };
    controls.addEventListener('change', render);
    controls.addEventListener('end', () => {
      report.current(Math.round((controls.getAzimuthalAngle() * 180) / Math.PI));
    });
    stage.current = { renderer, scene, camera, controls, render };
    return () => {
      cancelAnimationFrame(frame);
      controls.dispose();
      renderer.dispose();
      renderer.domElement.remove();
      stage.current = null;
    };
  }, [box]);

  useEffect(() => {
    const current = stage.current;
    if (current === null || width === 0 || height === 0) return;
    current.renderer.setSize(width, height);
    current.camera.aspect = width / height;
    current.camera.updateProjectionMatrix();
    current.render();
  }, [width, height]);

  useEffect(() => {
    const current = stage.current;
    if (current === null) return;
    const angle = (azimuth * Math.PI) / 180;
    // As far away as lets the whole box be seen, also in a narrow panel.
    const distance = width > 0 && height > width ? (kDistance * height) / width : kDistance;
    const elevation = 0.42;
    current.camera.position.set(
      distance * Math.cos(elevation) * Math.sin(angle),
      distance * Math.sin(elevation),
      distance * Math.cos(elevation) * Math.cos(angle),
    );
    current.controls.update();
    current.render();
  }, [azimuth, width, height]);

  useEffect(() => {
    const current = stage.current;
    if (current === null) return undefined;
    const group = contents(latent, theme, projector, showPlanes);
    current.scene.add(group);
    current.render();
    return () => {
      current.scene.remove(group);
      dispose(group);
    };
  }, [latent, theme, projector, showPlanes]);

  useEffect(() => {
    const current = stage.current;
    if (current === null || pathAt === undefined || latent.pointCoordinates.length === 0)
      return undefined;
    const group = pathOf(latent, pathAt, theme);
    current.scene.add(group);
    current.render();
    return () => {
      current.scene.remove(group);
      dispose(group);
    };
  }, [latent, pathAt, theme]);

  useEffect(() => {
    if (figureRef === undefined) return undefined;
    figureRef.current = () => {
      const current = stage.current;
      if (current === null) return null;
      const canvas = current.renderer.domElement;
      return {
        width,
        height,
        draw(surface) {
          current.renderer.render(current.scene, current.camera);
          surface.drawImage(canvas, 0, 0, width, height);
        },
      };
    };
    return () => {
      figureRef.current = null;
    };
  }, [figureRef, width, height]);

  return (
    <div
      className={isStale ? 'figure scene stale' : 'figure scene'}
      ref={box}
      role="img"
      aria-label={`${latent.predictions.length} examples as ${latent.units} hidden units see them`}
    />
  );
}
