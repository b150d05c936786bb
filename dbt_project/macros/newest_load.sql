{#- Condition: the days of prices as delivered since a month before the first that was loaded since
    the build before. -#}
{% macro newest_load(relation) -%}
    {% set changes = built_table('model.mlx.int_price_changes') -%}
    {% set known_at = (_known_before_newest(relation, changes) if changes) or '0001-01-01' -%}
    {% set first = only_value(
        'select min(loaded_at) from ' ~ relation ~ " where loaded_at > timestamp '" ~ known_at ~ "'"
    ) -%}
    {% do return("dt >= date '" ~ first_day_since(relation, 'loaded_at', first, 30) ~ "'") -%}
{%- endmacro %}


{#- When the newest price was known before the newest load. Above a bound PostgreSQL finds the largest
    value of a view by an index. -#}
{% macro _known_before_newest(relation, changes) -%}
    {% set newest_change = 'select max(changed_at) from ' ~ changes -%}
    {% set built = only_value(newest_change) or '0001-01-01' -%}
    {% set newest = only_value(
        'select max(loaded_at) from ' ~ relation ~ " where loaded_at >= timestamp '" ~ built ~ "'"
    ) or built -%}
    {% do return(only_value(newest_change ~ " where changed_at < timestamp '" ~ newest ~ "'")) -%}
{%- endmacro %}
