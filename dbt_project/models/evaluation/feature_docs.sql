-- depends_on: {{ ref('features') }}
{{ config(materialized='view') }}

with documented as (

    {{ feature_documentation() }}

)

select * from documented
