-- depends_on: {{ ref('labels') }}
{% for name in var('feature_sets') -%}
-- depends_on: {{ ref('features_' ~ name) }}
{% endfor -%}
{{ config(materialized='incremental', incremental_strategy='append') }}

with builds as (

    select max(changed_at) as changed_at
    from {{ ref('int_price_changes') }}
    having max(changed_at) is not null

)

select * from builds
{% if is_incremental() -%}
where changed_at > {{ newest_change_in(this) }}
{%- endif %}
