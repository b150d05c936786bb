{#- Element of a ticker's array `rows` days before the day that array_rows or array_windows is at;
    `missing` stands for days before the first. -#}
{% macro array_element(array, rows=0, missing=none) -%}
    {%- if rows == 0 -%}
    arrays.{{ array }}[day]
    {%- elif missing is none -%}
    arrays.{{ array }}[day_{{ rows }}]
    {%- else -%}
    coalesce(arrays.{{ array }}[day_{{ rows }}], {{ missing }})
    {%- endif -%}
{%- endmacro %}


{#- The days of a ticker and the positions of those `lags` days before. -#}
{% macro array_days(lags, after='0') -%}
(
    select day{% for rows in lags %}, day - {{ rows }} as day_{{ rows }}{% endfor %}
    from (select generate_series({{ after }} + 1, arrays.days_in_all) as day) as days
    offset 0
) as days
{%- endmacro %}


{#- Nested selects, one per layer: a layer is a list of [name, expression] over the columns of the
    layers below it; the outermost select has the columns `wanted`, the others what those above them
    name. `offset 0` keeps PostgreSQL from merging the selects, which would compute a column again
    wherever it is used. -#}
{% macro array_layers(layers, source, wanted) -%}
    {%- set here = layers[-1] | selectattr(0, 'in', wanted) | list -%}
    {%- set names = here | map('first') | list -%}
    {%- set carried = wanted | reject('in', names) | list if layers | length > 1 else [] -%}
select
    {%- for name in carried %}
    {{ name }},
    {%- endfor %}
    {%- for name, expression in here %}
    {{ expression }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if layers | length == 1 %}
from {{ source }}
    {%- else %}
    {%- set used = modules.re.findall('[a-z_][a-z_0-9]*', here | map('last') | join(' ')) %}
    {%- set known = [] %}
    {%- for layer in layers[:-1] %}{% do known.extend(layer | map('first')) %}{% endfor %}
from (
{{ array_layers(layers[:-1], source, known | select('in', (carried + used) | unique | list) | unique | list) }}
    offset 0
) as layer_{{ layers | length - 1 }}
    {%- endif -%}
{%- endmacro %}


{#- Adds arrays to `relation`: `columns` of the last layer, collected over a ticker's days. -#}
{% macro array_windows(relation, lags, layers, columns) -%}
select arrays.*, windows.*
from {{ relation }} as arrays
cross join lateral (
    select
        {%- for name in columns %}
        array_agg({{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
{{ array_layers(layers, array_days(lags), columns) }}
        offset 0
    ) as by_day
) as windows
{%- endmacro %}
